-- The keys of the JSON are the fields of model.Contract.
WITH loaded AS (
	INSERT INTO contract (id, client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid, created_at, updated_at)
	SELECT "ID", "ClientID", "CommercialID", "Total", "Remaining", "IsSigned", "IsFullyPaid", "CreatedAt", "UpdatedAt"
	FROM json_to_recordset($1::json) AS s("ID" integer, "ClientID" integer, "CommercialID" integer, "Total" numeric, "Remaining" numeric,
		"IsSigned" boolean, "IsFullyPaid" boolean, "CreatedAt" timestamptz, "UpdatedAt" timestamptz)
	RETURNING id
)
SELECT count(*) FROM loaded
