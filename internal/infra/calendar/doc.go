// Package calendar (工作日历) counts working days by the calendar the State
// Council publishes, make-up days included; beyond its coverage a date is
// provisional.
package calendar
