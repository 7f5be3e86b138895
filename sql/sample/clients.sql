-- The keys of the JSON are the fields of model.Client.
WITH loaded AS (
	INSERT INTO client (id, full_name, email, phone, company_id, commercial_id, first_contact_date, last_contact_date, created_at, updated_at)
	SELECT "ID", "FullName", "Email", nullif("Phone", ''), "CompanyID", "CommercialID", "FirstContact", "LastContact", "CreatedAt", "UpdatedAt"
	FROM json_to_recordset($1::json) AS s("ID" integer, "FullName" text, "Email" text, "Phone" text, "CompanyID" integer,
		"CommercialID" integer, "FirstContact" timestamptz, "LastContact" timestamptz, "CreatedAt" timestamptz, "UpdatedAt" timestamptz)
	RETURNING id
)
SELECT count(*) FROM loaded
