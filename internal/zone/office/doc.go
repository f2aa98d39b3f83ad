// Package office (部门与干部) knows who is responsible for what in the zone:
// the units (departments, platforms, third-party operators), the officials who
// hold a position in them, and the duties (职责) that units and officials carry.
//
// What it must keep true:
//   - A unit is one node of the organisation tree that infra/access keeps; there
//     is no second copy of the tree here. A unit that still holds open accounts,
//     officials in office or units below it is not closed.
//   - An office that ended stays on record: officials are relieved, never
//     deleted, and who held a position on a given day can always be answered.
//   - A duty names its source (the document that assigned it) and its dates; an
//     ended duty stays as well.
//
// Verbs: Establish, Rename, Move, Close (units); Appoint, Amend, Relieve
// (officials); AssignDuty, EndDuty.
package office
