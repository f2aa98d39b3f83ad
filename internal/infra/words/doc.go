// Package words (文案) turns message keys into the reader's language. Each
// package that speaks to people keeps words/zh.json and words/en.json; [Load]
// merges them and refuses a key defined twice, a key one language lacks and
// translations that use different verbs, so a reader never meets a hole.
package words
