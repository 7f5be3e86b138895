-- The rules were made here once. They are in rules.sql, and every db-create makes them hold.

-- +goose Up
