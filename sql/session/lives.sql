select exists (select from session where token_hash = $1 and ended_at is null and expires_at > clock_timestamp())
