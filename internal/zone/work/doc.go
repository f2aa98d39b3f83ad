// Package work (协同) is joint work: tasks with an owner and a date, hand-offs
// that are accepted or returned, comments and visit notes, promotion activities
// (招商活动) with their minutes and cost, and the dictionaries of methods
// (招商方式) and campaigns (攻坚战).
package work
