// Package calendar (工作日历) counts working days by the calendar the State
// Council publishes: days off, and the weekends worked in their place (调休上班).
//
// What it must keep true:
//
//   - years 2018 to 2026 ship with the program as facts with their notice
//     (calendar.json); a zone imports further years, or corrects one, as a new
//     version with source and reason, whole years at a time;
//   - a count that touches a day outside the covered years knows weekends only
//     and is provisional: nobody is ever judged late by it;
//   - the notice of a year may rearrange the last days of December before it, so
//     those days are firm only when the next year is covered too.
package calendar
