SELECT 'Rows' AS figure, count(*)::text AS value FROM healthtech.doctors
