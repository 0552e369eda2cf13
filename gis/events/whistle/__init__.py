"""The whistle (社区吹哨、部门报到): blown, approved one level up, answered on site, rated by the community."""
