-- The keys of the JSON are the fields of model.User; $2 is the hash of everyone's password.
WITH loaded AS (
	INSERT INTO users (id, username, full_name, email, password_hash, role_id, is_active, last_login, created_at, updated_at)
	SELECT s."ID", s."Username", s."FullName", s."Email", $2, r.id, s."IsActive", s."LastLogin", s."CreatedAt", s."UpdatedAt"
	FROM json_to_recordset($1::json) AS s("ID" integer, "Username" text, "FullName" text, "Email" text, "Role" text,
		"IsActive" boolean, "LastLogin" timestamptz, "CreatedAt" timestamptz, "UpdatedAt" timestamptz)
	LEFT JOIN role r ON r.name = s."Role"
	RETURNING id
)
SELECT count(*) FROM loaded
