INSERT INTO company (name, created_at, updated_at) VALUES ($1, now(), now()) RETURNING id
