-- Whether the connection has the parameter that it was made with: data/connect.go gives it to a connection of epev's own.
SELECT current_setting('epev.own', true) IS NOT DISTINCT FROM 'yes'
