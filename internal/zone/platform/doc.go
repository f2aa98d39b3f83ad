// Package platform (平台) keeps the zone's specialised platforms: what each is
// for, who runs it, and the contract tasks its operator answers for. The five
// platforms of the article ship as a playbook (案例库) that a zone adopts; a zone
// adds, renames and retires platforms of its own without a line of code.
//
// What it must keep true:
//
//   - who ran a platform on a given day can always be answered: operators follow
//     each other in dated terms, and a retired platform stays on record;
//   - an operator reads what every platform is for, but contracts, tasks and what
//     is filed under them only of its own unit; a rival's do not exist for it;
//   - a contract task is accepted or objected to by an official, never from the
//     operator's own unit and never by whoever handed the evidence in;
//   - what an operator hands in is kept with its hash and date and is only ever
//     added to; an objection states its reason and stays beside the answer.
//
// How a fee follows from accepted tasks is not part of it yet.
//
// Verbs: Adopt, Open, Amend, ChangeOperator, Retire (platforms); Contract,
// AmendContract, CloseContract (contracts); AddTask, AmendTask, CancelTask,
// Submit, Answer, Accept, Object, OpenFile (contract tasks); List, Find,
// Contracts, FindContract, Mine.
package platform
