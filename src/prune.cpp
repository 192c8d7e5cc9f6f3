#include <osteon/prune/report.ipp>
#include <osteon/prune/schedule.ipp>
#include <osteon/prune/select.ipp>
