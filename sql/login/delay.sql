update login_attempt set next_at = clock_timestamp() + make_interval(secs => $2) where username = lower($1) returning failures
