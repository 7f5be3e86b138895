-- The user stays as they are until the transaction ends.
select u.username, u.is_active, (select r.name from role r where r.id = u.role_id) as role
from users u
where u.id = $1
for share of u
