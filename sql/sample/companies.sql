-- The keys of the JSON are the fields of model.Company.
WITH loaded AS (
	INSERT INTO company (id, name, created_at, updated_at)
	SELECT "ID", "Name", "CreatedAt", "UpdatedAt"
	FROM json_to_recordset($1::json) AS s("ID" integer, "Name" text, "CreatedAt" timestamptz, "UpdatedAt" timestamptz)
	RETURNING id
)
SELECT count(*) FROM loaded
