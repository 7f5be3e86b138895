UPDATE login_attempt SET next_at = clock_timestamp() + make_interval(secs => $2) WHERE username = lower($1) RETURNING failures
