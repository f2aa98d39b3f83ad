// Package keep (保管) keeps an installation and brings it back: a backup while
// people work, its restoring on another machine or engine, as of any past moment
// where the journal goes on, and moving from one engine to the other.
//
// Whatever arrives is compared with what left: the rows of every table by count
// and by the SHA-256 of their lines, the totals of the projects, the journal by
// its root hash and every business row with its last journaled state. Only then is
// it kept; what fails leaves the target as empty as it was.
package keep
