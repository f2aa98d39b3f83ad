// Package jobs (定时任务) runs what happens by the clock: named functions, each
// with its interval. A job never runs twice at the same time, a panic in one ends
// neither the job nor the program, and all stop when the program does.
package jobs
