select y.id, y.name, y.created_at, y.updated_at, y.version,
	(select count(*) from client c where c.company_id = y.id) as clients
from company y
where y.id = $1
