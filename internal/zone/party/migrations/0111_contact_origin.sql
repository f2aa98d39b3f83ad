-- The import run that brought a contact, so that undoing the run can take it back.
ALTER TABLE party_contacts ADD COLUMN origin_run text NOT NULL DEFAULT '';
