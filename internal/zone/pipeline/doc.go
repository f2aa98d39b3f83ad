// Package pipeline (项目) carries an investment project from the first lead to
// the promised effect: 线索 → 初判 → 在谈 → 签约 → 落地 → 开工 → 投产 → 达效, with
// 搁置 (shelved), 流失 (lost) and 终止 (terminated) beside the chain. Each platform
// has a track (流程) of its own: which of these stages its projects pass, the steps
// it has within them, its gates and limits, all dated data that a zone may change.
//
// What it must keep true:
//
//   - a project enters a stage only with everything the gate of that stage asks
//     for (fields, evidence with document, date and hash, signatures), and a
//     refusal names every missing part;
//   - a stage that does not apply in a project's track cannot be entered or dated,
//     and what happens is judged by the version of the track in force on its day;
//   - forward one step at a time; back with a reason; lost and terminated are final;
//   - one signing per investor, site and scope: a repeated ceremony is attached
//     to the first signing and never counted as another;
//   - planned, forecast and actual dates stand beside each other and are only
//     ever added to;
//   - an imported project enters at the stage its register reports, with the
//     evidence it lacks listed, and obeys the gates from its next move on; its firm
//     must be free of another side's protection until it is signed, and is reported
//     with the import;
//   - each span is held against the limit in force on the day it began; nobody is
//     late by a day that may still move because the calendar does not cover it;
//   - a shelved project's clocks run on, so that nothing is gained by shelving,
//     but nothing of it is due and nobody is shown as being late with it.
//
// Its verbs: Open, Amend, Advance, SetBack, CallOff, Resume, SignOff,
// AttachEvidence, WithdrawEvidence, SetMilestone, RecordCeremony, Find, List,
// Totals, Gate, Timeline, Export, Clocks, Stalled, Mine, Reckon, OpenTrack,
// DefineTrack, Tracks, FindTrack.
package pipeline
