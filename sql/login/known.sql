-- Whether the user of the name $1 was in from the machine $2 before.
SELECT EXISTS (
	SELECT FROM known_machine m
	JOIN users u ON u.id = m.user_id
	WHERE lower(u.username) = lower($1) AND m.machine_hash = $2
)
