/* Names inside CP: whole ones (DataTime, PolId) and what stands behind the dash of a code (Rtd,
 * Flag). They are compared without case, for the editions' own examples differ in it. The constants
 * keep the standard's spelling in capitals and are sorted by length. */
#ifndef PROTOCOLS_HJ212_FIELD_H
#define PROTOCOLS_HJ212_FIELD_H

#include "protocols/hj212/text.h"

enum hj212_field {
    HJ212_FIELD_OTHER, /* no edition has it; the text is kept */
    HJ212_QN,
    HJ212_CN,
    HJ212_PW,
    HJ212_RS,
    HJ212_RT,
    HJ212_SN,
    HJ212_RTD,
    HJ212_MIN,
    HJ212_AVG,
    HJ212_MAX,
    HJ212_COU,
    HJ212_ALA,
    HJ212_PNO,
    HJ212_FLAG,
    HJ212_INFO,
    HJ212_DATA,
    HJ212_PNUM,
    HJ212_ZS_RTD,
    HJ212_ZS_MIN,
    HJ212_ZS_AVG,
    HJ212_ZS_MAX,
    HJ212_EFLAG,
    HJ212_QN_RTN,
    HJ212_POL_ID,
    HJ212_NEW_PW,
    HJ212_NEW_SK,
    HJ212_CTIME,
    HJ212_STIME,
    HJ212_RAW_AVG,
    HJ212_EXE_RTN,
    HJ212_VASE_NO,
    HJ212_INFO_ID,
    HJ212_END_TIME,
    HJ212_DAY_DATA,
    HJ212_UP_VALUE,
    HJ212_RE_COUNT,
    HJ212_DATA_TIME,
    HJ212_LOW_VALUE,
    HJ212_SAMPLE_RD,
    HJ212_OVER_TIME,
    HJ212_WARN_TIME,
    HJ212_BEGIN_TIME,
    HJ212_NIGHT_DATA,
    HJ212_ALARM_TIME,
    HJ212_ALARM_TYPE,
    HJ212_SYSTEM_TIME,
    HJ212_SAMPLE_TIME,
    HJ212_SAMPLE_TYPE,
    HJ212_RESULT_TYPE,
    HJ212_REPORT_TIME,
    HJ212_CSTART_TIME,
    HJ212_RTD_INTERVAL,
    HJ212_MIN_INTERVAL,
    HJ212_RESTART_TIME,
    HJ212_ALARM_TARGET,
    HJ212_DAY_STD_VALUE,
    HJ212_COMPLETE_TIME,
    HJ212_SKCREATE_TIME,
    HJ212_REPORT_TARGET,
    HJ212_STANDARD_VALUE,
    HJ212_NIGHT_STD_VALUE,
    HJ212_CALIBRATION_TYPE,
    HJ212_FIELD_COUNT
};

enum hj212_field hj212_field_find(struct hj212_text name);
/* The standard's spelling; "" of HJ212_FIELD_OTHER. */
const char *hj212_field_name(enum hj212_field f);

#endif
