with forgotten as (
	delete from login_attempt where username = lower($1) returning username
)
select count(*) from forgotten
