SELECT * FROM records.city_distribution
