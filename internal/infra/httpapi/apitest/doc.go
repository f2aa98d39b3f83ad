// Package apitest (场景测试) lets a test speak to a Door as a person's browser or
// a program does: real HTTP, a cookie jar, a language. Every step fails the test
// by itself, so that a story reads as prose:
//
//	officer := apitest.Start(t, door).As("zh")
//	officer.Post("/projects", apitest.Object{"name": "示例"}).Status(201).JSON(&project)
//	officer.Post("/projects/"+project.ID+"/advance", apitest.Object{"to": "signed"}).Problem(409, "pipeline.gate_not_met")
package apitest
