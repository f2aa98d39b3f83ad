// Package party (主体) registers the enterprises, institutions and people the
// zone deals with, each exactly once. Texts that people read say 主体, 企业,
// “organisations and people”; the identifier never appears in them.
//
// What it must keep true:
//   - A unified social credit code passes GB 32100-2015 and GB 11714-1997 and
//     belongs to one organisation of the zone. A region that names no present
//     division is a warning that is kept and shown: codes outlive divisions.
//   - Two organisations are the same when their codes are equal or, without a
//     code, when their names are equal after [Normalize]. People are never
//     matched by name: two people may share one.
//   - What identifies a person (the name of a private person, contacts) is of
//     class personal: outside the journal's open body, masked by default, shown
//     after an act party.unmasked with a reason, and erased for good by Erase.
//     Nothing else is kept about private people (data minimisation, 个人信息保护法
//     Art. 6): no identity numbers, no addresses.
//
// Verbs: Register, Amend, AddContact, AmendContact, RemoveContact, Unmask,
// Erase, Export; Import brings in registers of organisations ([Kind] of intake).
package party
