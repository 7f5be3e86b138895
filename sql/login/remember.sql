-- The user $1 is in from the machine $2. Of so many that nobody has, the oldest are forgotten.
WITH older AS (
	DELETE FROM known_machine
	WHERE user_id = $1 AND machine_hash IN (
		SELECT machine_hash FROM known_machine WHERE user_id = $1 AND machine_hash <> $2 ORDER BY last_at DESC OFFSET 19
	)
)
INSERT INTO known_machine (user_id, machine_hash) VALUES ($1, $2)
ON CONFLICT (user_id, machine_hash) DO UPDATE SET last_at = excluded.last_at
RETURNING user_id
