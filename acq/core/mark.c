#include "acq/core/mark.h"

#include <stddef.h>
#include <string.h>

static const struct mark_meaning meanings[] = {
    {"maintenance", "", 'M', false, "自动监测设备维护", "maintenance of the instrument"},
    {"maintenance", "routine", 'M', false, "日常维护", "routine maintenance"},
    {"maintenance", "calibration", 'C', false, "校准", "calibration"},
    {"maintenance", "standard", 'C', false, "标样核查", "check with a standard"},
    {"maintenance", "fault", 'D', false, "自动监测设备故障", "fault of the instrument"},
    {"link", "", 'B', false, "通讯中断", "link lost"},
    {"treatment", "", 0, false, "治理设施工况", "condition of the treatment"},
    {"treatment", "start-up", 0, false, "治理设施启动", "treatment starting up"},
    {"treatment", "shutdown", 0, false, "治理设施停运过程", "treatment shutting down"},
    {"treatment", "fault", 0, false, "治理设施故障", "fault of the treatment"},
    {"treatment", "stop", 0, false, "治理设施停运", "treatment stopped"},
    {"production", "", 0, false, "生产设施工况", "condition of the production"},
    {"production", "stop", 'F', true, "停产停运", "production stopped"},
    {"production", "start-up", 0, false, "启炉（开机）", "starting up"},
    {"production", "shutdown", 0, false, "停炉（关机）过程", "shutting down"},
    {"production", "grid", 0, false, "电网调峰或保障供热", "for the grid or the heat supply"},
    {"production", "accident", 0, false, "生产故障或事故", "fault or accident of the production"},
    {"force", "", 'M', false, "非排污单位责任", "not the operator's responsibility"},
    {"force", "majeure", 'M', false, "不可抗力", "force majeure"},
    {"force", "long-stop", 'F', true, "长期停产且设备停用", "long stop, instruments off"},
    {"manual", "", 'S', false, "手工监测值录入", "value entered by hand"},
    {"switch", "", 'M', false, "主备设备切换", "main and standby instrument changed over"},
    {"calibration", "", 'C', false, "校准", "calibration"},
    {"calibrating", "", 'C', false, "校准", "calibration"},
    {"standard", "", 'C', false, "标样核查", "check with a standard"},
    {"fault", "", 'D', false, "自动监测设备故障", "fault of the instrument"},
    {"standby", "", 'F', false, "自动监测设备停用", "instrument out of operation"},
    {"stop", "", 'F', true, "停产停运", "production stopped"},
    {"start-up", "", 0, false, "启炉（开机）", "starting up"},
    {"shutdown", "", 0, false, "停炉（关机）过程", "shutting down"},
    {"seal-checked", "", 0, false, "旁路铅封检查", "look at a bypass's seal"},
    {"seal-broken", "", 0, false, "旁路铅封破损", "a bypass's seal is broken"},
    {"video-open", "", 0, false, "视频显示旁路开启", "video shows a bypass open"},
};

static const struct mark_meaning *find(const char *mark_class, const char *kind)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (strcmp(meanings[i].mark_class, mark_class) == 0 && strcmp(meanings[i].kind, kind) == 0)
            return &meanings[i];
    return NULL;
}

const struct mark_meaning *mark_meaning(const char *mark_class, const char *kind)
{
    const struct mark_meaning *m = find(mark_class, kind);
    if (!m)
        m = find(mark_class, "");
    return m ? m : &meanings[0];
}

bool mark_is_known(const char *mark_class, const char *kind)
{
    return find(mark_class, kind) != NULL;
}
