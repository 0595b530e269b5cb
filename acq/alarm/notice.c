#include "acq/alarm/notice.h"

const char *notice_why_word(enum notice_why why)
{
    static const char *const words[] = {"raised",  "again",  "escalated", "cleared",
                                        "grouped", "digest", "heartbeat", "test"};
    return words[why];
}
