-- The entries about one object in their order, also where two share an ord.
CREATE INDEX journal_entries_about ON journal_entries (zone, object, ord, id);
DROP INDEX journal_entries_object;
