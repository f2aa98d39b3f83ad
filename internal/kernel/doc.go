// Package kernel (通用词汇) holds the few words every other package says: who
// acts, what went wrong, identifiers, money, dates, regions and credit codes.
// It imports only the standard library and stays under 1,000 lines.
package kernel
