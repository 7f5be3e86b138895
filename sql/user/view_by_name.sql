select u.id, u.username, u.full_name, u.email, u.role_id, r.name as role, u.is_active, u.last_login,
	u.created_at, u.updated_at, u.version
from users u
join role r on r.id = u.role_id
where u.username = $1
