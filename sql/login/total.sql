-- How many attempts of strangers have failed, and how many seconds ago the last was. $1 is after how many they are
-- forgotten. The name in a key of somebody known ends with the character 31.
SELECT coalesce(sum(failures), 0)::bigint AS failures,
	coalesce(extract(epoch FROM clock_timestamp() - max(last_at)), 0)::float8 AS since
FROM login_attempt
WHERE strpos(username, chr(31)) = 0 AND last_at >= clock_timestamp() - make_interval(secs => $1)
