-- The keys of the JSON are the fields of model.Event.
WITH loaded AS (
	INSERT INTO event (id, title, contract_id, full_address, support_contact_id, start_date, end_date, participant_count, notes, created_at, updated_at)
	SELECT "ID", "Title", "ContractID", "Address", "SupportID", "Start", "End", "Participants", nullif("Notes", ''), "CreatedAt", "UpdatedAt"
	FROM json_to_recordset($1::json) AS s("ID" integer, "Title" text, "ContractID" integer, "Address" text, "SupportID" integer,
		"Start" timestamptz, "End" timestamptz, "Participants" integer, "Notes" text, "CreatedAt" timestamptz, "UpdatedAt" timestamptz)
	RETURNING id
)
SELECT count(*) FROM loaded
