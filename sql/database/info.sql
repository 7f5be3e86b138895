SELECT current_setting('server_version') AS server_version,
       session_user::text                AS user_name,
       current_database()::text          AS database_name,
       coalesce(host(inet_server_addr()), split_part(current_setting('unix_socket_directories'), ',', 1)) AS host,
       current_setting('port')::int      AS port
