#include "acq/alarm/catalogue.h"

#include <string.h>

#define FINE_ZH "违法排放，可能受到处罚"
#define FINE_EN "unlawful discharge, a penalty is possible"
#define WEAK_ZH "治理效果下降，可能超标"
#define WEAK_EN "treatment gets worse, an exceedance is possible"
#define DATA_ZH "数据缺失，有效传输率下降"
#define DATA_EN "data is missing, the transmission rate falls"

static const struct alarm_kind kinds[] = {
    {"limit", true, "排放超标", "exceedance", FINE_ZH, FINE_EN,
     "核实工况与治理设施，减产或停产，书面报告",
     "check process and treatment, cut production, report"},
    {"limit-forecast", false, "预计小时超标", "hour heading for exceedance", "本小时均值可能超标",
     "the mean of this hour may exceed", "立即调整治理设施或降低负荷",
     "adjust treatment or load at once"},
    {"bypass", true, "旁路开启", "bypass open", "污染物未经处理直排", "untreated discharge",
     "关闭旁路，查明原因，向主管部门报告", "close it, find the cause, report to the authority"},
    {"bypass-unwatched", false, "旁路失去监控", "bypass not watched", "旁路排放无法证明",
     "nobody can tell whether it discharges", "现场查看旁路和铅封，恢复信号",
     "look at bypass and seal, restore the signals"},
    {"bypass-standby", true, "旁路开启备用未投", "bypass open, standby off", "污染物未经处理直排",
     "untreated discharge", "投用备用处置设施或关闭旁路", "start the standby or close the bypass"},
    {"flare-event", false, "火炬排放", "flare discharge", "需要记录并说明原因",
     "it must be recorded and explained", "记录原因和时长", "record cause and duration"},
    {"flare-pilot", true, "长明灯熄灭", "flare pilot out", "气体未燃烧直接排放",
     "gas leaves unburnt", "立即重新点火，切断来气", "relight at once, cut the gas off"},
    {"flare-combustion", false, "火炬燃烧不达标", "poor flare combustion", "燃烧效率不足",
     "combustion is not efficient enough", "调整蒸汽或补充燃料气", "adjust steam or add fuel gas"},
    {"flare-velocity", false, "火炬流速超限", "flare tip velocity high", "火焰可能脱离",
     "the flame may lift off", "减少排放量", "reduce the discharge"},
    {"flare-routine", false, "疑似火炬日常排放", "suspected routine flaring", FINE_ZH, FINE_EN,
     "核实排放来源，恢复回收", "find the source, restore the recovery"},
    {"flare-meter", true, "火炬流量计异常", "flare meter in doubt", DATA_ZH, DATA_EN, "检查流量计",
     "look at the meter"},
    {"treatment-off", true, "治理设施未运行", "treatment off", FINE_ZH, FINE_EN,
     "启动治理设施或停止生产", "start treatment or stop production"},
    {"treatment-parameter", false, "治理参数越限", "treatment parameter off", WEAK_ZH, WEAK_EN,
     "把参数调回范围", "bring the parameter back"},
    {"treatment-order", false, "未先启后停", "treatment late or early", WEAK_ZH, WEAK_EN,
     "按规程先启后停", "start treatment first and stop it last"},
    {"treatment-idle", false, "治理设施空转", "treatment idle", WEAK_ZH, WEAK_EN,
     "检查治理设施投用情况", "check that treatment is in use"},
    {"treatment-failed", true, "治理故障未停产", "treatment failed", FINE_ZH, FINE_EN,
     "抢修，必要时停产", "repair it, stop production if need be"},
    {"meter-tamper", true, "用电监控异常", "meter tampered with", "数据可能被认定为弄虚作假",
     "data may count as falsified", "现场检查用电监控", "look at the meters"},
    {"plan-broken", true, "停限产未落实", "stop plan broken", FINE_ZH, FINE_EN, "按要求停产或限产",
     "stop or limit production as ordered"},
    {"total", false, "排放总量预警", "permitted total", "总量可能超过许可",
     "the permitted total may be exceeded", "核算余量，安排减排", "plan the rest of the period"},
    {"integrity", true, "数据疑似异常", "data in doubt", "数据可能被认定为弄虚作假",
     "data may count as falsified", "核查仪器和记录，写明情况",
     "check instrument and records, explain"},
    {"link", false, "通讯中断", "link down", DATA_ZH, DATA_EN, "检查线路、电源和数采仪",
     "check line, power and logger"},
    {"device", false, "设备异常", "device trouble", DATA_ZH, DATA_EN, "检查设备",
     "look at the device"},
    {"transmission", false, "传输有效率不足", "transmission rate low", "月考核可能不合格",
     "the monthly rate may not be reached", "补传数据，恢复通讯", "send what is missing"},
    {"bleeder", true, "放散口未点燃", "bleeder unlit", "气体未燃烧直接排放", "gas leaves unburnt",
     "点火或关闭放散", "light or close it"},
    {"carbon", false, "活性炭超期", "carbon overdue", WEAK_ZH, WEAK_EN, "更换活性炭并登记",
     "change the carbon and record it"},
    {"slip", false, "氨逃逸偏高", "ammonia slip high", "设备堵塞腐蚀", "plugging and corrosion",
     "减少喷氨，检查催化剂", "inject less, check the catalyst"},
    {"small-source", false, "小散源异常", "small source trouble", WEAK_ZH, WEAK_EN, "检查净化设施",
     "check the purifier"},
    {"system", false, "监控系统异常", "server trouble", "监控可能中断", "watching may stop",
     "联系维护人员", "call whoever maintains the server"},
};

static const struct alarm_kind other = {"", false, "异常",     "trouble",
                                        "", "",    "核实情况", "look at it"};

const struct alarm_kind *catalogue_find(const char *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return &kinds[i];
    return &other;
}

size_t catalogue_count(void)
{
    return sizeof kinds / sizeof *kinds;
}

const struct alarm_kind *catalogue_get(size_t i)
{
    return &kinds[i];
}

const struct plant_alarm_rule *catalogue_rule(const struct plant *plant, const char *kind,
                                              const char *object)
{
    for (uint32_t i = plant->alarms.rule_count; i-- > 0;) {
        const struct plant_alarm_rule *r = &plant->alarms.rules[i];
        if (strcmp(r->kind, kind) == 0 && (!*r->object || strcmp(r->object, object) == 0))
            return r;
    }
    return NULL;
}
