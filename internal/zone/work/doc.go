// Package work (协同) is joint work: tasks with an owner and a date, hand-offs
// that are accepted or returned, comments and visit notes, promotion activities
// (招商活动) with their minutes and cost, and the dictionaries of methods
// (招商方式) and campaigns (攻坚战).
//
// What it must keep true:
//
//   - a task always has a responsible department and a day it is due; an
//     official who leaves takes no task along, and a department with open tasks
//     is not closed;
//   - what is given to another department is offered: it is that department's
//     only once accepted, and what is returned waits at whoever sent it, with
//     the reason;
//   - nobody learns from a task, a comment or an activity of a thing they may
//     not read: such a thing is as good as none;
//   - what was said is never rewritten: a note is withdrawn with a reason and
//     stays on record;
//   - minutes are due within a dated number of working days after an activity;
//     late ones are taken and shown late; a day beyond the published calendar is
//     provisional, judges nobody, and is reckoned anew when the year is imported;
//   - methods and campaigns end and are never deleted.
//
// What an act is about is its object in the journal, so that the timeline of a
// project shows its tasks, comments and visits beside its stages.
//
// Its verbs: Give, Accept, Return, Reassign, Amend, Complete, Cancel, Write,
// Withdraw, Plan, Hold, File, CallOff, Reckon, SetMethod, SetCampaign, Mine.
package work
