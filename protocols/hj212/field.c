#include "protocols/hj212/field.h"

#include <stdint.h>

enum { LONGEST = 15 };

static const char *const names[HJ212_FIELD_COUNT] = {
    [HJ212_FIELD_OTHER] = "",
    [HJ212_QN] = "QN",
    [HJ212_CN] = "CN",
    [HJ212_PW] = "PW",
    [HJ212_RS] = "RS",
    [HJ212_RT] = "RT",
    [HJ212_SN] = "SN",
    [HJ212_RTD] = "Rtd",
    [HJ212_MIN] = "Min",
    [HJ212_AVG] = "Avg",
    [HJ212_MAX] = "Max",
    [HJ212_COU] = "Cou",
    [HJ212_ALA] = "Ala",
    [HJ212_PNO] = "PNO",
    [HJ212_FLAG] = "Flag",
    [HJ212_INFO] = "Info",
    [HJ212_DATA] = "Data",
    [HJ212_PNUM] = "PNUM",
    [HJ212_ZS_RTD] = "ZsRtd",
    [HJ212_ZS_MIN] = "ZsMin",
    [HJ212_ZS_AVG] = "ZsAvg",
    [HJ212_ZS_MAX] = "ZsMax",
    [HJ212_EFLAG] = "EFlag",
    [HJ212_QN_RTN] = "QnRtn",
    [HJ212_POL_ID] = "PolId",
    [HJ212_NEW_PW] = "NewPW",
    [HJ212_NEW_SK] = "NewSK",
    [HJ212_CTIME] = "Ctime",
    [HJ212_STIME] = "Stime",
    [HJ212_RAW_AVG] = "RawAvg",
    [HJ212_EXE_RTN] = "ExeRtn",
    [HJ212_VASE_NO] = "VaseNo",
    [HJ212_INFO_ID] = "InfoId",
    [HJ212_END_TIME] = "EndTime",
    [HJ212_DAY_DATA] = "DayData",
    [HJ212_UP_VALUE] = "UpValue",
    [HJ212_RE_COUNT] = "ReCount",
    [HJ212_DATA_TIME] = "DataTime",
    [HJ212_LOW_VALUE] = "LowValue",
    [HJ212_SAMPLE_RD] = "SampleRd",
    [HJ212_OVER_TIME] = "OverTime",
    [HJ212_WARN_TIME] = "WarnTime",
    [HJ212_BEGIN_TIME] = "BeginTime",
    [HJ212_NIGHT_DATA] = "NightData",
    [HJ212_ALARM_TIME] = "AlarmTime",
    [HJ212_ALARM_TYPE] = "AlarmType",
    [HJ212_SYSTEM_TIME] = "SystemTime",
    [HJ212_SAMPLE_TIME] = "SampleTime",
    [HJ212_SAMPLE_TYPE] = "SampleType",
    [HJ212_RESULT_TYPE] = "ResultType",
    [HJ212_REPORT_TIME] = "ReportTime",
    [HJ212_CSTART_TIME] = "CstartTime",
    [HJ212_RTD_INTERVAL] = "RtdInterval",
    [HJ212_MIN_INTERVAL] = "MinInterval",
    [HJ212_RESTART_TIME] = "RestartTime",
    [HJ212_ALARM_TARGET] = "AlarmTarget",
    [HJ212_DAY_STD_VALUE] = "DayStdValue",
    [HJ212_COMPLETE_TIME] = "CompleteTime",
    [HJ212_SKCREATE_TIME] = "SKCreateTime",
    [HJ212_REPORT_TARGET] = "ReportTarget",
    [HJ212_STANDARD_VALUE] = "StandardValue",
    [HJ212_NIGHT_STD_VALUE] = "NightStdValue",
    [HJ212_CALIBRATION_TYPE] = "CalibrationType",
};

/* The first field of each length; the fields of one length stand together. */
static const uint8_t first[LONGEST + 2] = {
    [1] = HJ212_QN,
    [2] = HJ212_QN,
    [3] = HJ212_RTD,
    [4] = HJ212_FLAG,
    [5] = HJ212_ZS_RTD,
    [6] = HJ212_RAW_AVG,
    [7] = HJ212_END_TIME,
    [8] = HJ212_DATA_TIME,
    [9] = HJ212_BEGIN_TIME,
    [10] = HJ212_SYSTEM_TIME,
    [11] = HJ212_RTD_INTERVAL,
    [12] = HJ212_COMPLETE_TIME,
    [13] = HJ212_STANDARD_VALUE,
    [14] = HJ212_CALIBRATION_TYPE,
    [15] = HJ212_CALIBRATION_TYPE,
    [16] = HJ212_FIELD_COUNT,
};

enum hj212_field hj212_field_find(struct hj212_text name)
{
    if (name.len == 0 || name.len > LONGEST)
        return HJ212_FIELD_OTHER;
    char initial = hj212_fold(name.at[0]);
    for (size_t f = first[name.len]; f < first[name.len + 1]; f++) {
        struct hj212_text candidate = {names[f], name.len};
        if (hj212_fold(names[f][0]) == initial && hj212_text_same_but_case(name, candidate))
            return (enum hj212_field)f;
    }
    return HJ212_FIELD_OTHER;
}

const char *hj212_field_name(enum hj212_field f)
{
    return names[f];
}
