-- The rules and what makes them hold were part of the schema once. Now every db-create brings its own.

-- +goose Up
DROP FUNCTION IF EXISTS epic_events.adopt(), epic_events.rules();
