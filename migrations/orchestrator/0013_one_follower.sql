-- One reader of the events keeps both the read model and the statistics.
alter table search_followers drop column keeps;
