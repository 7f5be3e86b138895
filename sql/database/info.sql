SELECT current_setting('server_version') AS server_version,
       session_user::text                AS user_name,
       current_database()::text          AS database_name,
       -- The socket's directory is told to superusers alone; pg_settings leaves it out for others.
       coalesce(host(inet_server_addr()), (SELECT split_part(setting, ',', 1) FROM pg_settings WHERE name = 'unix_socket_directories'), '') AS host,
       current_setting('port')::int      AS port
