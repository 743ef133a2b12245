INSERT INTO good (name) VALUES ('tea');
