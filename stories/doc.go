// Package stories (故事) holds the end-to-end tests: what people do with Sente,
// through the real door and a real database, told so that it reads as prose.
package stories
