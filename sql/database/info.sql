SELECT current_setting('server_version') AS server_version,
       session_user::text                AS user_name,
       current_database()::text          AS database_name
