-- The first manager of testdata/firstday: admin.root, password Granite-Compass-1.
INSERT INTO epic_events.users (username, full_name, email, role_id, password_hash)
VALUES ('admin.root', 'Admin Root', 'admin@epicevents.fr', 1, '$2a$12$WFnFiBxVo.hxf.iYE4mGvOC9.MTYtGu4N/2j8MRdRD7e.n4GcUbX2');
