SELECT is_signed FROM contract WHERE id = $1 FOR UPDATE
