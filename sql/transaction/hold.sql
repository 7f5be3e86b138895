-- The user $1 and their role stay as they are until the transaction ends. No row: the user is not active, or the
-- role was changed for another one while this waited for the user.
SELECT r.id FROM users u JOIN role r ON r.id = u.role_id WHERE u.id = $1 AND u.is_active FOR SHARE OF u, r
