// Package platform (平台) keeps the zone's specialised platforms: what each is
// for, who runs it, and the contract tasks its operator answers for.
package platform
